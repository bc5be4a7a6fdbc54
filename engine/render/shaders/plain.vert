// Cloth, teeth, gums, tongue, lashes: everything is left to the fragment shader.
out vec3 world;
out vec3 normal;
out vec4 colour;
out vec4 light;

void main() {
    world = placed();
    normal = facing();
    colour = in_colour;
    light = in_light;
    gl_Position = view_projection * vec4(world, 1.0);
}
