// One eyeball mesh, drawn twice: instance 0 is the left eye, 1 the right.
in vec3 in_position;
in vec3 in_normal;
in vec3 in_bind;

out vec3 world;
out vec3 normal;       // world frame
out vec3 socket;       // normal in the head's frame, where the lids are
out vec3 bind;         // normal in the eyeball's own frame, where the iris is
flat out int side;

void main() {
    side = gl_InstanceID;
    socket = mat3(eye[side]) * in_normal;
    normal = mat3(head) * socket;
    world = (head * eye[side] * vec4(in_position, 1.0)).xyz;
    bind = in_bind;
    gl_Position = view_projection * vec4(world, 1.0);
}
