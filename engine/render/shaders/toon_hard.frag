// Drawn teeth, tongue and lashes: flat.
in vec3 world;
in vec3 normal;
in vec4 colour;
in vec3 light;
out vec4 pixel;

void main() {
    float inside = saturate(light.y);
    float deep = smoothstep(0.10, 0.45, light.x);
    float lit = 0.25 * smoothstep(-0.02, 0.02, dot(normalize(normal), KEY));
    vec3 c = inked(colour.rgb * colour.rgb, mix(0.5, 0.3 + 0.4 * deep, inside) + lit, 1.0);
    pixel = vec4(printed(c * mix(1.0, 0.55 + 0.45 * deep, inside)), 1.0);
}
