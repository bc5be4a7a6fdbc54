// Hair, per pixel: single strands from a texture (engine/render/strands.py), and two highlights
// across them: a narrow one off the surface, and a broad one shifted towards the tips and tinted
// by the hair that it passed through (Marschner et al., Light Scattering from Human Hair Fibers,
// 2003, in the form of Scheuermann, Hair Rendering and Shading, 2004).
uniform sampler2D strands;
in vec3 body;
in vec3 tinted;
in vec2 shine;
in vec3 lock;
out vec4 pixel;

void main() {
    vec3 strand = texture(strands, lock.xy).rgb;
    if (strand.b > lock.z) discard;
    float towards = shine.x + 0.18 * strand.g;
    vec2 off = vec2(towards - 0.03, towards - 0.21);
    vec2 lobe = max(1.0 - off * off, 0.0);   // squared sines
    lobe *= lobe;
    lobe *= lobe;
    lobe *= lobe;
    float narrow = lobe.x * lobe.x;
    vec3 c = body * (0.5 + strand.r) + (tinted * lobe.y + shine.y * narrow * narrow) * (0.4 + 1.2 * strand.r);
    pixel = vec4(display(c), 1.0);
}
