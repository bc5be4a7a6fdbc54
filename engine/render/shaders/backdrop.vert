// One triangle over the whole picture; `place` counts picture heights from the centre.
in vec2 in_corner;
uniform float aspect;
out vec2 place;

void main() {
    place = in_corner * vec2(0.5 * aspect, -0.5);
    gl_Position = vec4(in_corner, 0.0, 1.0);
}
