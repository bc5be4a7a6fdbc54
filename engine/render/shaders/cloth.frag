// Cloth: soft diffuse with a fuzzy bright edge, falling off into shade towards the picture's foot.
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
    float shadow = saturate(light.z);
    vec3 c = albedo * (KEY_COLOUR * wrapped(dot(n, KEY), 0.15) * shadow
        + (FILL_COLOUR * wrapped(dot(n, FILL), 0.3) + ambient(n)) * occlusion);
    float edge = 1.0 - saturate(dot(n, view));
    float fuzz = edge * edge;
    vec3 rim = RIM_COOL_COLOUR * saturate(dot(n, RIM_COOL) + 0.2) * 0.30
        + RIM_WARM_COLOUR * saturate(dot(n, RIM_WARM) + 0.2) * 0.22;
    c += (rim * fuzz + albedo * fuzz * 0.6) * occlusion;
    c *= mix(0.55, 1.0, smoothstep(-24.0, -13.0, world.y));
    pixel = vec4(display(c), 1.0);
}
