// Hair, per pixel: single strands from a texture (engine/render/strands.py), and two highlights
// across them: a narrow one off the surface, and a broad one shifted towards the tips and tinted
// by the hair that it passed through (Marschner et al., Light Scattering from Human Hair Fibers,
// 2003, in the form of Scheuermann, Hair Rendering and Shading, 2004).
uniform sampler2D strands;
in vec4 body;
in vec4 lock;
out vec4 pixel;

void main() {
    vec3 strand = texture(strands, lock.xy).rgb;
    if (strand.b > lock.z) discard;
    float towards = body.a + 0.18 * strand.g;
    vec2 off = vec2(towards - 0.03, towards - 0.21);
    vec2 lobe = max(1.0 - off * off, 0.0);   // squared sines
    lobe *= lobe;
    lobe *= lobe;
    lobe *= lobe;
    float narrow = lobe.x * lobe.x;
    float glint = lock.w * (0.4 + 1.2 * strand.r);
    vec3 c = body.rgb * (0.5 + strand.r + 0.95 * glint * lobe.y);
    c += KEY_COLOUR * (0.063 * glint * narrow * narrow);
    pixel = vec4(display(c), 1.0);
}
