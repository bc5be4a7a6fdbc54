// Hair, per vertex: its colours and all light that changes slowly; what is left for the pixels is
// to tell strand from strand. Of a strand, in_colour holds the direction (as a colour) and its
// tint (`strand_colour`); in_light.z the share of grey; in_bind across and along in cm and
// how much of it is left (1 all, 0 nothing).
in vec3 in_bind;

out vec4 body;      // light scattered by the strands; cosine of the strand to the half vector
out vec4 lock;      // texture coordinates, how much is left, how much of the key is mirrored

// The squared sine of an angle given its cosine.
float across(float cosine) { return max(0.0, 1.0 - cosine * cosine); }

void main() {
    vec3 world = placed();
    vec3 n = normalize(facing());
    vec3 strand = in_colour.rgb * 2.0 - 1.0;
    strand = normalize(mix(strand, mat3(head) * strand, in_light.y));
    vec3 view = normalize(viewpoint.xyz - world);
    float open = clamp(in_light.x, 0.02, 1.0);
    float shadow = arriving(in_shadow);
    float key = dot(n, KEY);

    vec3 own = strand_colour(in_colour.a);
    float place = in_colour.a - 2.0 * step(1.5, in_colour.a);
    own = mix(own, vec3(0.34, 0.34, 0.36) * (0.7 + 0.6 * place), in_light.z);
    own *= 1.12 - 0.6 * own;    // light hair scatters more often, and each time loses some

    // Strands are brightest at right angles to the lamp (Kajiya and Kay, Rendering Fur, 1989).
    float turned = mix(0.6, 1.0, sqrt(across(dot(strand, KEY))));
    vec3 lit = KEY_COLOUR * wrapped(key, 0.30) * turned * mix(0.25, 1.0, shadow) * mix(open, 1.0, 0.35)
        + (FILL_COLOUR * wrapped(dot(n, FILL), 0.35) + ambient(n)) * open;
    float fill = across(dot(strand, normalize(view + FILL)) - 0.05);
    lit += FILL_COLOUR * fill * fill * fill * fill * saturate(dot(n, FILL) + 0.3) * open;
    float edge = 1.0 - saturate(dot(n, view));
    vec3 rim = (RIM_COOL_COLOUR * saturate(dot(n, RIM_COOL) + 0.10) * 0.55
        + RIM_WARM_COLOUR * saturate(dot(n, RIM_WARM) + 0.10) * 0.50) * edge * edge * open;
    body.rgb = own * lit + rim * (0.04 + 1.6 * own);
    body.a = dot(strand, normalize(view + KEY));

    lock.xy = in_bind.xy / vec2(6.0, 14.0);
    lock.z = in_bind.z;
    lock.w = saturate(key * 1.4 + 0.35) * shadow * open;
    gl_Position = view_projection * vec4(world, 1.0);
}
