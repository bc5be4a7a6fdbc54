// Cloth, per pixel: nothing is left but to show what cloth.vert made.
in vec3 colour;
in vec3 lit;
in vec3 rim;
out vec4 pixel;

void main() { pixel = vec4(display(colour * colour * lit + rim), 1.0); }
