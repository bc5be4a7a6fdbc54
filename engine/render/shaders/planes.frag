// Planes Y, U and V below one another, chroma of two by two pixels, as engine/render/yuv.py.
out float level;

const vec3 LUMA = vec3(65.481, 128.553, 24.966) / 255.0;
const vec3 BLUENESS = vec3(-37.797, -74.203, 112.0) / 255.0;
const vec3 REDNESS = vec3(112.0, -93.786, -18.214) / 255.0;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    if (at.y < size.y) {
        level = 16.0 / 255.0 + dot(LUMA, mean(vec2(at), 1.0).rgb);
        return;
    }
    int index = (at.y - size.y) * size.x + at.x;
    int count = size.x * size.y / 4;
    bool red = index >= count;
    index -= red ? count : 0;
    int columns = size.x / 2;
    vec3 colour = mean(2.0 * vec2(index % columns, index / columns), 2.0).rgb;
    level = 128.0 / 255.0 + dot(red ? REDNESS : BLUENESS, colour);
}
