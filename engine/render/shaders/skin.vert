// Skin, per vertex: diffuse light, which changes too slowly to be worth working out per pixel.
// It wraps round, red furthest, as if scattered beneath the surface; shadows and occlusion turn
// reddish for the same reason.
in vec3 in_bind;    // u, v of the skin map, how much an open jaw shades this place

out vec3 normal;
out vec3 diffuse;   // light scattered back by white skin
out vec3 rim;       // light from behind, seen at grazing angles
out vec3 sheen;     // broad reflections of fill and surroundings
out vec2 gloss;     // oil, and how much of the key is reflected
out vec3 tint;      // gamma-2 colour that multiplies the map's
out vec3 place;     // u, v of the skin map, and how little it counts

void main() {
    vec3 world = placed();
    normal = facing();
    vec3 n = normalize(normal);
    float cavity = saturate(in_light.z);
    float throat = in_bind.z * mouth.y;
    float occlusion = clamp(in_light.x, 0.02, 1.0) * (1.0 - 0.45 * throat);
    float depth = 1.0 - smoothstep(4.0, 9.0, in_position.z);
    occlusion *= mix(1.0, mix(0.30, 0.75, mouth.x) * (1.0 - 0.85 * depth), cavity);
    float shadow = arriving(in_shadow) * (1.0 - 0.5 * throat);

    vec3 wrap = vec3(0.36, 0.19, 0.14);
    vec3 key = clamp((vec3(dot(n, KEY)) + wrap) / (1.0 + wrap), 0.0, 1.0);
    key *= mix(vec3(1.0), key, 0.35) * 0.92;
    vec3 soft_occlusion = vec3(mix(occlusion, sqrt(occlusion), 0.5 - 0.2 * cavity), occlusion, occlusion);
    vec3 soft_shadow = vec3(mix(shadow, sqrt(shadow), 0.7), shadow, shadow);
    diffuse = KEY_COLOUR * key * soft_shadow * mix(vec3(1.0), soft_occlusion, 0.5 + 0.40 * cavity)
        + (FILL_COLOUR * wrapped(dot(n, FILL), 0.3) + 0.85 * ambient(n)) * soft_occlusion;

    float open = occlusion * occlusion;
    rim = RIM_COOL_COLOUR * saturate(dot(n, RIM_COOL) + 0.10) * 0.58
        + RIM_WARM_COLOUR * saturate(dot(n, RIM_WARM) + 0.12) * 0.55;
    // The cheeks stand between the lamps behind the head and what is near the face's middle.
    rim *= mix(0.35, 1.0, smoothstep(1.5, 4.5, abs(in_position.x)));
    rim *= open * (1.0 - cavity);

    vec3 view = normalize(viewpoint.xyz - world);
    vec3 r = reflect(-view, n);
    float edge = 1.0 - saturate(dot(n, view));
    float oil = saturate(in_colour.a);
    float fill = saturate(dot(r, FILL));
    fill *= fill;
    fill *= fill;
    sheen = FILL_COLOUR * fill * fill * (0.02 + 0.07 * oil) * occlusion
        + ambient(r) * (0.021 + 0.011 * oil + 0.2 * edge * edge * edge * edge) * open
        * (1.0 - cavity * 0.8);
    gloss = vec2(oil, shadow * occlusion);
    tint = in_colour.rgb;
    place = vec3(in_bind.xy, cavity);
    gl_Position = view_projection * vec4(world, 1.0);
}
