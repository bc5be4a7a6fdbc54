// A picture in the plane of the figure.
in vec2 in_place;   // cm
in vec2 in_at;
out vec2 at;

void main() {
    at = in_at;
    gl_Position = view_projection * vec4(in_place, 0.0, 1.0);
}
