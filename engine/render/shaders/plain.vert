// Teeth, gums, tongue, lashes, glasses, and drawn clothes: everything is left to the pixels.
out vec3 world;
out vec3 normal;
out vec4 colour;
out vec3 light;     // ambient occlusion, cavity, key light that arrives

void main() {
    world = placed();
    normal = facing();
    colour = in_colour;
    light = vec3(in_light.xz, arriving(in_shadow));
    gl_Position = view_projection * vec4(world, 1.0);
}
