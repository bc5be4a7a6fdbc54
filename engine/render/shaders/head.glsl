// Vertices of every part but the eyes: they turn with the head as far as each follows it, and with
// the upper body as far as not. A chest that rises also comes forward.
in vec3 in_position;
in vec3 in_normal;
in vec4 in_colour;
in vec3 in_light;   // ambient occlusion, head-follow, cavity
in vec2 in_rise;    // shares of breath and shrug
in vec3 in_shadow;  // what arrives of each key light

vec3 placed() {
    float breath = in_rise.x * torso.x;
    float forward = 0.5 * breath + torso.z * (in_position.y - torso.w);
    vec3 body = in_position + vec3(0.0, breath + in_rise.y * torso.y, forward);
    return mix(body, (head * vec4(in_position, 1.0)).xyz, in_light.y);
}

vec3 facing() {
    return mix(in_normal, mat3(head) * in_normal, in_light.y);
}
