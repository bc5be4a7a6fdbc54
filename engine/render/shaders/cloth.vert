// Cloth, per vertex: soft diffuse light with a fuzzy bright edge, falling off into shade towards
// the picture's foot. All of it changes slowly, and clothes fill a quarter of the picture.
out vec3 colour;    // gamma-2
out vec3 lit;       // light that the colour scatters
out vec3 rim;       // light from behind that the fibres at the edge catch

void main() {
    vec3 world = placed();
    vec3 n = normalize(facing());
    float occlusion = clamp(in_light.x, 0.02, 1.0);
    float edge = 1.0 - saturate(dot(n, normalize(viewpoint.xyz - world)));
    float fuzz = edge * edge * occlusion;
    float foot = mix(0.55, 1.0, smoothstep(-24.0, -13.0, world.y));
    lit = KEY_COLOUR * wrapped(dot(n, KEY), 0.15) * arriving(in_shadow)
        + (FILL_COLOUR * wrapped(dot(n, FILL), 0.3) + ambient(n)) * occlusion + 0.6 * fuzz;
    lit *= foot;
    rim = RIM_COOL_COLOUR * saturate(dot(n, RIM_COOL) + 0.2) * 0.30
        + RIM_WARM_COLOUR * saturate(dot(n, RIM_WARM) + 0.2) * 0.22;
    rim *= fuzz * foot;
    colour = in_colour.rgb;
    gl_Position = view_projection * vec4(world, 1.0);
}
