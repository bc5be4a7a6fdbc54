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
    vec3 r = reflect(-view, n);
    float edge = 1.0 - saturate(dot(n, view));
    float grazing = edge * edge * edge;
    float roughness = mix(0.66, 0.34, gloss.x);
    float f0 = mix(0.030, 0.046, gloss.x);
    vec3 c = albedo * diffuse + rim * grazing * (0.4 + 0.65 * albedo);
    c += KEY_COLOUR * ggx(n, view, KEY, roughness, f0) * gloss.y;
    float fill = saturate(dot(r, FILL));
    fill *= fill;
    fill *= fill;
    c += FILL_COLOUR * fill * fill * (0.02 + 0.07 * gloss.x) * gloss.z;
    c += ambient(r) * (f0 * 0.7 + 0.2 * grazing * edge) * gloss.w;
    pixel = vec4(display(c), 1.0);
}
