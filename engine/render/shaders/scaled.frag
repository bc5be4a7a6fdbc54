// The picture at the size it is wanted.
out vec4 pixel;

void main() { pixel = mean(floor(gl_FragCoord.xy), 1.0); }
