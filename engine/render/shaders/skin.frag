// Skin, per pixel: the map's colour, under a thin film of oil that reflects key, fill and
// surroundings.
in vec3 world;
in vec3 normal;
in vec3 diffuse;
in vec3 rim;
in vec4 gloss;
in vec3 tint;
in vec3 place;
uniform sampler2D skin_map;
out vec4 pixel;

void main() {
    vec3 n = normalize(normal);
    vec3 view = normalize(viewpoint.xyz - world);
    vec3 albedo = tint * mix(texture(skin_map, place.xy).rgb, vec3(1.0), place.z);
    albedo *= albedo;
    float edge = 1.0 - saturate(dot(n, view));
    float grazing = edge * edge * edge;
    float roughness = mix(0.62, 0.26, gloss.x);
    float f0 = mix(0.024, 0.038, gloss.x);
    vec3 c = albedo * diffuse + rim * grazing * (0.4 + 0.65 * albedo);
    c += KEY_COLOUR * ggx(n, view, KEY, roughness, f0) * gloss.y;
    c += FILL_COLOUR * ggx(n, view, FILL, roughness, f0) * gloss.z * 0.55;
    c += ambient(reflect(-view, n)) * (f0 * 0.6 + 0.2 * grazing * edge) * gloss.w;
    pixel = vec4(display(c), 1.0);
}
