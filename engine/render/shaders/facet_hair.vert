// Hair in facets.
in vec3 in_bind;

out vec3 world;
out vec3 normal;
out vec4 reach;     // key light that arrives, how open, place between dark and light, what is left

void main() {
    world = placed();
    normal = facing();
    reach = vec4(arriving(in_shadow), in_light.x, in_colour.a, in_bind.z);
    gl_Position = view_projection * vec4(world, 1.0);
}
