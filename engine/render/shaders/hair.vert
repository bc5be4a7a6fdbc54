// Hair, per vertex: where the strands point, and the diffuse light.
in vec3 in_bind;

out vec3 world;
out vec3 normal;
out vec3 strand;
out vec3 diffuse;
out vec3 rim;
out vec2 gloss;     // how much of key and fill is reflected
out vec2 lock;      // across and along the strands

void main() {
    world = placed();
    normal = facing();
    strand = mat3(head) * (in_colour.rgb * 2.0 - 1.0);
    vec3 n = normalize(normal);
    float occlusion = clamp(in_light.x, 0.02, 1.0);
    float shadow = arriving(in_shadow);
    float key = dot(n, KEY);
    diffuse = mix(0.55, 1.1, occlusion) * (KEY_COLOUR * wrapped(key, 0.25) * mix(0.25, 1.0, shadow)
        + (FILL_COLOUR * wrapped(dot(n, FILL), 0.3) + ambient(n) * 0.9) * occlusion);
    rim = occlusion * mix(vec3(0.35), 5.0 * hair_light.rgb, 0.6) * (RIM_COOL_COLOUR * saturate(dot(n, RIM_COOL) + 0.05) * 0.30
        + RIM_WARM_COLOUR * saturate(dot(n, RIM_WARM) + 0.05) * 0.26);
    gloss.x = saturate(key + 0.3) * shadow * occlusion;
    gloss.y = saturate(dot(n, FILL) + 0.2) * occlusion;
    lock = vec2(in_bind.x * 5.0 + in_bind.z * 3.1, in_bind.y * 0.25);
    gl_Position = view_projection * vec4(world, 1.0);
}
