// Every part but the eyes: turns with the head as far as each vertex follows it.
in vec3 in_position;
in vec3 in_normal;
in vec4 in_colour;
in vec4 in_light;   // ambient occlusion, key shadow, head-follow, cavity
in vec3 in_bind;

out vec3 world;
out vec3 normal;
out vec4 colour;
out vec4 light;
out vec3 bind;

void main() {
    vec3 turned = (head * vec4(in_position, 1.0)).xyz;
    world = mix(in_position, turned, in_light.z);
    normal = mix(in_normal, mat3(head) * in_normal, in_light.z);
    colour = in_colour;
    light = in_light;
    bind = in_bind;
    gl_Position = view_projection * vec4(world, 1.0);
}
