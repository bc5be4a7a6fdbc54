// Skin in facets: what changes slowly is worked out per vertex.
in vec3 in_bind;

out vec3 world;
out vec3 normal;
out vec3 tint;
out vec3 place;     // u, v of the skin map, how little it counts
out vec2 reach;     // key light that arrives, how open

void main() {
    world = placed();
    normal = facing();
    float cavity = saturate(in_light.z);
    float deep = mix(0.30, 0.75, mouth.x) * smoothstep(4.0, 9.0, in_position.z);
    reach = vec2(smoothstep(0.05, 0.75, arriving(in_shadow)), in_light.x * in_light.x)
        * mix(1.0, deep, cavity) * (1.0 - 0.6 * in_bind.z);
    tint = in_colour.rgb * mix(1.0, 0.6, cavity);
    place = vec3(in_bind.xy, cavity);
    gl_Position = view_projection * vec4(world, 1.0);
}
