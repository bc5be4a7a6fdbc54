// As toon_outline.vert, for hair: behind all locks, so that only the haircut as a whole has a line.
const float WIDTH = 0.0100;     // of the picture's height

void main() {
    vec3 world = placed();
    vec3 n = normalize(facing());
    vec4 at = view_projection * vec4(world - 1.6 * normalize(viewpoint.xyz - world), 1.0);
    vec2 aside = (view_projection * vec4(n, 0.0)).xy;
    at.xy += aside / max(length(aside), 1e-4) * WIDTH * at.w;
    gl_Position = at;
}
