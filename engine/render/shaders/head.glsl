// Vertices of every part but the eyes: they turn with the head as far as each follows it.
in vec3 in_position;
in vec3 in_normal;
in vec4 in_colour;
in vec3 in_light;   // ambient occlusion, head-follow, cavity
in vec3 in_shadow;  // what arrives of each key light

vec3 placed() {
    return mix(in_position, (head * vec4(in_position, 1.0)).xyz, in_light.y);
}

vec3 facing() {
    return mix(in_normal, mat3(head) * in_normal, in_light.y);
}
