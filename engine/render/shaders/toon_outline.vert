// The hull of a part a little larger than itself: what of its far side shows is the ink line.
// The line is as wide everywhere in the picture, finer inside the eyes and the mouth.
const float WIDTH = 0.0100;     // of the picture's height

void main() {
    // A little behind the part, so that only what stands well before something gets a line.
    vec3 world = placed();
    vec4 at = view_projection * vec4(world - 0.45 * normalize(viewpoint.xyz - world), 1.0);
    vec2 aside = (view_projection * vec4(facing(), 0.0)).xy;
    float fine = (1.0 - in_light.z) * (1.0 - smoothstep(0.45, 0.65, in_colour.a));
    float span = length(aside);
    at.xy += aside / max(span, 1e-4) * min(span * 8.0, 1.0) * WIDTH * at.w * fine;
    gl_Position = at;
}
