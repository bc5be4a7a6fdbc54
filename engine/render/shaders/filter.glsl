// The drawn picture, filtered down: a mean over as many bilinear taps as there are texels.
uniform sampler2D picture;
uniform ivec2 size;     // of the result, pixels

// The mean of the pixels of the result from `at` on, `wide` in each direction.
vec4 mean(vec2 at, float wide) {
    vec2 texels = wide * vec2(textureSize(picture, 0)) / vec2(size);
    ivec2 taps = ivec2(ceil(texels - 0.01));
    vec4 sum = vec4(0.0);
    for (int y = 0; y < taps.y; y++)
        for (int x = 0; x < taps.x; x++)
            sum += texture(picture, (at + wide * (vec2(x, y) + 0.5) / vec2(taps)) / vec2(size));
    return sum / float(taps.x * taps.y);
}
