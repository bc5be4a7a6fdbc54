// A studio out of focus: coloured light pools on a dark wall, discs of distant lamps, vignette.
in vec2 place;
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
    for (int i = 0; i < 26; i++) {
        float k = float(i) * 5.0;
        vec2 centre = vec2(mix(-0.95, 0.95, random(k + 1.0)), mix(-0.22, 0.50, random(k + 2.0)));
        float size = mix(0.015, 0.040, random(k + 3.0));
        float disc = 1.0 - smoothstep(size * 0.72, size * 1.12, distance(place, centre));
        c += disc * tints[i % 3] * mix(0.03, 0.11, random(k + 4.0));
    }
    vec2 v = place / vec2(0.95, 0.72);
    c *= clamp(1.0 - 0.38 * dot(v, v), 0.2, 1.0);
    c = display(c);
    // A little noise keeps the gradients from banding in 8 bits.
    c += (random(dot(gl_FragCoord.xy, vec2(12.9898, 78.233)) * 0.01) - 0.5) / 160.0;
    pixel = vec4(c, 1.0);
}
