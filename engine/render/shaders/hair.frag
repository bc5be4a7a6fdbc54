// Hair, per pixel: single strands from a texture (engine/render/strands.py), and two highlights
// across them: a narrow one off the surface, and a broad one shifted towards the tips and tinted
// by the hair that it passed through (Marschner et al., Light Scattering from Human Hair Fibers,
// 2003, in the form of Scheuermann, Hair Rendering and Shading, 2004).
uniform sampler2D strands;
in vec3 diffuse;
in vec3 rim;
in vec4 shine;
in vec3 lock;
in vec2 tone;
out vec4 pixel;

// The squared sine of an angle given its cosine.
float across(float cosine) { return max(0.0, 1.0 - cosine * cosine); }

void main() {
    vec4 strand = texture(strands, lock.xy);
    if (strand.b > lock.z) discard;
    float vary = strand.r - 0.5;
    vec3 own = mix(hair_dark.rgb, hair_light.rgb, saturate(tone.x + 0.45 * vary));
    own = mix(own, vec3(0.46, 0.46, 0.48) * (1.0 + vary), saturate((tone.y - strand.a) * 4.0 + 0.5 * tone.y));
    own *= 1.12 - 0.5 * own;    // light hair scatters more often, and each time loses some
    vec3 c = diffuse * own * (1.0 + 0.7 * vary);

    float shift = (strand.g - 0.5) * 0.18;
    float narrow = across(shine.x + 0.06 + shift);
    narrow *= narrow; narrow *= narrow; narrow *= narrow; narrow *= narrow; narrow *= narrow;
    float broad = across(shine.x - 0.12 + shift);
    broad *= broad; broad *= broad; broad *= broad;
    float fill = across(shine.z - 0.05 + shift);
    fill *= fill; fill *= fill; fill *= fill;
    float glint = 0.5 + strand.r;
    c += KEY_COLOUR * shine.y * glint * (0.11 * narrow + 1.2 * broad * own) * (1.0 - own);
    c += FILL_COLOUR * shine.w * glint * fill * (0.015 + 1.0 * own);
    c += rim * (0.04 + 1.6 * own) * glint;
    pixel = vec4(display(c), 1.0);
}
