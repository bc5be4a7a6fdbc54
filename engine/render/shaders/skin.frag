// Skin: diffuse light wraps round, red furthest, as if scattered beneath the surface; shadows
// and occlusion turn reddish for the same reason. A thin oil film gives the highlights.
in vec3 world;
in vec3 normal;
in vec4 colour;
in vec4 light;
out vec4 pixel;

void main() {
    vec3 n = normalize(normal);
    vec3 view = normalize(viewpoint.xyz - world);
    vec3 albedo = colour.rgb * colour.rgb;
    float oil = saturate(colour.a);
    float cavity = saturate(light.w);
    float occlusion = clamp(light.x, 0.02, 1.0);
    occlusion *= mix(1.0, mix(0.35, 0.9, mouth.x), cavity);
    float shadow = saturate(light.y);

    vec3 wrap = vec3(0.38, 0.20, 0.14);
    vec3 key = clamp((vec3(dot(n, KEY)) + wrap) / (1.0 + wrap), 0.0, 1.0);
    key *= mix(vec3(1.0), key, 0.3);
    vec3 soft_occlusion = vec3(mix(occlusion, sqrt(occlusion), 0.7), occlusion, occlusion);
    vec3 soft_shadow = vec3(mix(shadow, sqrt(shadow), 0.9), shadow, shadow);
    vec3 diffuse = KEY_COLOUR * key * soft_shadow * mix(vec3(1.0), soft_occlusion, 0.5)
        + (FILL_COLOUR * wrapped(dot(n, FILL), 0.4) + ambient(n)) * soft_occlusion;
    vec3 c = albedo * diffuse;

    float facing = saturate(dot(n, view));
    float edge = 1.0 - facing;
    float grazing = edge * edge * edge;
    float open = occlusion * occlusion;
    vec3 rim = RIM_COOL_COLOUR * saturate(dot(n, RIM_COOL) + 0.25) * 0.75
        + RIM_WARM_COLOUR * saturate(dot(n, RIM_WARM) + 0.2) * 0.55;
    c += rim * grazing * open * (0.5 + 0.65 * albedo) * (1.0 - cavity);

    float roughness = mix(0.60, 0.24, oil);
    float f0 = mix(0.024, 0.040, oil);
    c += KEY_COLOUR * ggx(n, view, KEY, roughness, f0) * shadow * occlusion;
    c += FILL_COLOUR * ggx(n, view, FILL, roughness, f0) * occlusion;
    c += ambient(reflect(-view, n)) * (f0 * 0.6 + 0.25 * grazing * edge * edge)
        * open * (1.0 - cavity * 0.8);
    pixel = vec4(display(c), 1.0);
}
