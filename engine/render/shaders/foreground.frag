// A picture in front of the figure, multiplied by its alpha.
in vec2 at;
uniform sampler2D picture;
out vec4 pixel;

void main() { pixel = texture(picture, at); }
