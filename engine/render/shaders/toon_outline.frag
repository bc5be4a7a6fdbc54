// Ink.
out vec4 pixel;

void main() {
    pixel = vec4(0.15, 0.075, 0.095, 1.0);
}
