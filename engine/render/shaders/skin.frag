// Skin, per pixel: the map's colour under a thin film of oil that reflects the key. The camera is
// so far away that it sees every pixel from the same side.
in vec3 normal;
in vec3 diffuse;
in vec3 rim;
in vec3 sheen;
in vec2 gloss;
in vec3 tint;
in vec3 place;
uniform sampler2D skin_map;
out vec4 pixel;

const vec3 VIEW = vec3(0.0, 0.0, 1.0);

void main() {
    vec3 n = normalize(normal);
    vec3 albedo = tint * mix(texture(skin_map, place.xy).rgb, vec3(1.0), place.z);
    albedo *= albedo;
    float edge = 1.0 - saturate(n.z);
    float roughness = mix(0.66, 0.34, gloss.x);
    float f0 = mix(0.030, 0.046, gloss.x);
    vec3 c = albedo * diffuse + sheen + rim * edge * edge * edge * (0.4 + 0.65 * albedo);
    c += KEY_COLOUR * ggx(n, VIEW, KEY, roughness, f0) * gloss.y;
    pixel = vec4(display(c), 1.0);
}
