// Lenses of glasses: clear in the middle, a mirror at grazing angles, and a faint image of the
// key lamp and of the sky. Colours are premultiplied by the alpha that comes with them.
in vec3 world;
in vec3 normal;
in vec4 colour;
in vec3 light;
out vec4 pixel;

void main() {
    vec3 n = normalize(normal);
    vec3 view = normalize(viewpoint.xyz - world);
    vec3 r = reflect(-view, n);
    float edge = 1.0 - saturate(dot(n, view));
    float fresnel = 0.035 + 0.5 * edge * edge * edge * edge;
    vec3 c = ambient(r) * fresnel * 1.5 + KEY_COLOUR * lamp(r) * (0.05 + fresnel);
    // The lamp's spread on glass that is not quite clean, across the upper half.
    float haze = saturate(dot(r, KEY));
    haze *= haze;
    haze *= haze;
    c += KEY_COLOUR * haze * 0.012;
    c *= light.z;
    pixel = vec4(sqrt(clamp(c * key_shadow.w, 0.0, 1.0)) * 0.55, 0.04 + fresnel * 0.5);
}
