// Hair in facets.
out vec3 world;
out vec3 normal;
out vec3 reach;     // key light that arrives, how open, place between dark and light

void main() {
    world = placed();
    normal = facing();
    reach = vec3(arriving(in_shadow), in_light.x, in_colour.a);
    gl_Position = view_projection * vec4(world, 1.0);
}
