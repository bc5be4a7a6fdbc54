// Hair, per vertex: all light that changes slowly, and how the strands stand to the lamps.
// Of a strand, in_colour is the direction (as a colour) and its place between dark and light;
// in_light.z the share of grey; in_bind across and along in cm and how much of it is left (1
// all, 0 nothing).
in vec3 in_bind;

out vec3 diffuse;
out vec3 rim;       // light from behind
out vec4 shine;     // cosine of the strand to the half vector and amount, of key and of fill
out vec3 lock;      // texture coordinates, how much is left
out vec2 tone;      // place between dark and light, share of grey

// Light from beneath and around a strand; hair scatters more towards the sides than skin.
void main() {
    vec3 world = placed();
    vec3 n = normalize(facing());
    vec3 along = normalize(mix(in_colour.rgb * 2.0 - 1.0, mat3(head) * (in_colour.rgb * 2.0 - 1.0), in_light.y));
    vec3 view = normalize(viewpoint.xyz - world);
    float open = clamp(in_light.x, 0.02, 1.0);
    float shadow = arriving(in_shadow);
    float key = dot(n, KEY);

    // Lit strands shine at right angles to the lamp (Kajiya and Kay, Rendering Fur, 1989).
    float towards = dot(along, KEY);
    float turned = sqrt(max(0.0, 1.0 - towards * towards));
    diffuse = KEY_COLOUR * wrapped(key, 0.30) * mix(0.6, 1.0, turned) * mix(0.25, 1.0, shadow) * mix(open, 1.0, 0.35)
        + (FILL_COLOUR * wrapped(dot(n, FILL), 0.35) + ambient(n)) * open;
    float edge = 1.0 - saturate(dot(n, view));
    rim = (RIM_COOL_COLOUR * saturate(dot(n, RIM_COOL) + 0.10) * 0.55
        + RIM_WARM_COLOUR * saturate(dot(n, RIM_WARM) + 0.10) * 0.50) * edge * edge * open;
    shine = vec4(dot(along, normalize(view + KEY)), saturate(key * 1.4 + 0.35) * shadow * open,
                 dot(along, normalize(view + FILL)), saturate(dot(n, FILL) + 0.3) * open);
    lock = vec3(in_bind.xy / vec2(6.0, 14.0), in_bind.z);
    tone = vec2(in_colour.a, in_light.z);
    gl_Position = view_projection * vec4(world, 1.0);
}
