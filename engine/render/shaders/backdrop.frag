// A studio out of focus: coloured light pools on a dark wall, discs of distant lamps, vignette.
in vec2 place;
uniform vec4 lamps[24];   // centre, radius, brightness
out vec4 pixel;

float random(float n) { return fract(sin(n * 127.1) * 43758.5453); }

float pool(vec2 centre, float size) {
    vec2 d = (place - centre) / size;
    return exp(-dot(d, d));
}

void main() {
    vec3 c = vec3(0.045, 0.055, 0.085);
    c += pool(vec2(-0.15, 0.12), 0.55) * vec3(0.16, 0.20, 0.30);
    c += pool(vec2(0.55, -0.10), 0.45) * vec3(0.28, 0.12, 0.07);
    c += pool(vec2(-0.62, 0.10), 0.35) * vec3(0.02, 0.16, 0.20);
    vec3 tints[3] = vec3[](vec3(1.0, 0.7, 0.4), vec3(0.5, 0.8, 1.0), vec3(1.0, 0.5, 0.5));
    for (int i = 0; i < 24; i++) {
        float off = distance(place, lamps[i].xy) / lamps[i].z;
        c += (1.0 - smoothstep(0.75, 1.1, off)) * (0.8 + 0.2 * off) * lamps[i].w * tints[i % 3];
    }
    vec2 v = place / vec2(0.95, 0.72);
    c *= clamp(1.0 - 0.38 * dot(v, v), 0.2, 1.0);
    c = display(c);
    // A little noise keeps the gradients from banding in 8 bits.
    c += (random(dot(gl_FragCoord.xy, vec2(12.9898, 78.233)) * 0.01) - 0.5) / 160.0;
    pixel = vec4(c, 1.0);
}
