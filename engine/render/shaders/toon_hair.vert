// Drawn hair, per vertex: light falls on a simple body, so that its tones are few and large.
in vec3 in_bind;

out vec3 level;     // key light, cosines to the half vector and to the camera

void main() {
    vec3 world = placed();
    vec3 n = normalize(facing());
    vec3 round = normalize(in_position - vec3(0.0, 1.0, -1.5));
    round = mix(round, mat3(head) * round, in_light.y);
    vec3 simple = normalize(mix(round, n, 0.06));
    vec3 view = normalize(viewpoint.xyz - world);
    level.x = wrapped(dot(simple, KEY), 0.35) * mix(0.6, 1.0, smoothstep(0.15, 0.5, in_light.x));
    level.y = dot(simple, normalize(view + KEY + vec3(0.0, 0.35, 0.0))) + 0.012 * sin(in_bind.x * 4.0);
    level.z = dot(simple, view);
    gl_Position = view_projection * vec4(world, 1.0);
}
