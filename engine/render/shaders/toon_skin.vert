// Drawn skin, per vertex: light falls on a simpler body than the face, so that the edges of the
// shade run smoothly; only a share of the face's own relief takes part.
in vec3 in_bind;

out vec3 tint;
out vec3 place;     // u, v of the skin map, how little it counts
out vec2 level;     // key light, how open

void main() {
    vec3 world = placed();
    vec3 n = normalize(facing());
    vec3 round = normalize((in_position - vec3(0.0, -1.0, -1.5)) / vec3(1.0, 1.45, 1.15));
    round = normalize(mix(round, mat3(head) * round, in_light.y));
    vec3 simple = normalize(mix(round, n, 0.16 + 0.4 * (1.0 - in_light.y)));
    float cavity = saturate(in_light.z);
    float shadow = arriving(in_shadow);
    level.x = wrapped(dot(simple, KEY), 0.35) * smoothstep(0.05, 0.35 + 0.25 * (1.0 - in_light.y), shadow) * (1.0 - cavity);
    level.y = mix(in_light.x, 0.1, cavity);
    tint = in_colour.rgb;
    place = vec3(in_bind.xy, cavity);
    gl_Position = view_projection * vec4(world, 1.0);
}
