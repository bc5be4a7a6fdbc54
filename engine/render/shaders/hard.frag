// Teeth, gums, tongue, lashes: colour.a is gloss. Inside the mouth (light.y = 1) occlusion
// darkens everything with depth, and the less open the mouth, the less light gets in.
in vec3 world;
in vec3 normal;
in vec4 colour;
in vec3 light;
out vec4 pixel;

void main() {
    vec3 n = normalize(normal);
    vec3 view = normalize(viewpoint.xyz - world);
    vec3 albedo = colour.rgb * colour.rgb;
    float occlusion = clamp(light.x, 0.02, 1.0);
    float inside = saturate(light.y);
    float reach = mix(1.0, mix(0.12, 0.70, mouth.x) * occlusion, inside);

    vec3 wrap = vec3(0.30, 0.22, 0.20);
    vec3 key = clamp((vec3(dot(n, KEY)) + wrap) / (1.0 + wrap), 0.0, 1.0);
    vec3 c = albedo * (KEY_COLOUR * key * mix(key, vec3(1.0), 0.8) * light.z
        + FILL_COLOUR * wrapped(dot(n, FILL), 0.3) + ambient(n));
    float roughness = mix(0.60, 0.20, colour.a);
    c += KEY_COLOUR * ggx(n, view, KEY, roughness, 0.04) * light.z;
    c += FILL_COLOUR * ggx(n, view, FILL, roughness, 0.04);
    pixel = vec4(display(c * mix(occlusion, 1.0, inside) * reach), 1.0);
}
