// Drawn cloth: two flat tones.
in vec3 world;
in vec3 normal;
in vec4 colour;
in vec3 light;
out vec4 pixel;

void main() {
    float level = wrapped(dot(normalize(normal), KEY), 0.35) * smoothstep(0.25, 0.60, light.z);
    vec3 c = inked(colour.rgb * colour.rgb, 0.25 + 0.75 * smoothstep(0.34, 0.38, level), light.x);
    c *= mix(0.82, 1.0, smoothstep(0.44, 0.50, light.x));
    pixel = vec4(printed(c), 1.0);
}
