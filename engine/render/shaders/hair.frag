// Hair, per pixel: two shifted highlights across the strands (Kajiya-Kay as refined by
// Scheuermann, Hair Rendering and Shading, 2004): a narrow whitish one off the surface and a
// broad one tinted by the hair. Powers are products, which cost least on a CPU.
in vec3 world;
in vec3 normal;
in vec3 strand;
in vec3 diffuse;
in vec3 rim;
in vec2 gloss;
in vec2 lock;
out vec4 pixel;

float hash(vec2 p) {
    vec2 q = fract(p * vec2(0.1031, 0.1030) + 0.1);
    q += dot(q, q.yx + 33.33);
    return fract((q.x + q.y) * q.x);
}

float noise(vec2 p) {
    vec2 i = floor(p);
    vec2 f = fract(p);
    f = f * f * (3.0 - 2.0 * f);
    return mix(mix(hash(i), hash(i + vec2(1, 0)), f.x),
               mix(hash(i + vec2(0, 1)), hash(i + vec2(1, 1)), f.x), f.y);
}

// The squared sine of an angle given its cosine, to the 8th power.
float across(float cosine) {
    float s = max(0.0, 1.0 - cosine * cosine);
    s *= s;
    s *= s;
    return s * s;
}

void main() {
    vec3 n = normalize(normal);
    vec3 view = normalize(viewpoint.xyz - world);
    float variation = noise(lock) - 0.5;
    vec3 along = normalize(strand + n * variation * 0.14);
    vec3 c = diffuse * mix(hair_dark.rgb, hair_light.rgb, 0.475 + 0.35 * variation);

    float t = dot(along, normalize(view + KEY));
    float narrow = across(t + 0.10);
    narrow *= narrow * narrow * narrow * narrow;
    float broad = across(t - 0.14);
    vec3 tint = mix(hair_dark.rgb, hair_light.rgb, 0.8);
    c += KEY_COLOUR * (0.035 * narrow + 0.45 * broad * broad * tint) * gloss.x;
    float cool = across(dot(along, normalize(view + FILL)));
    c += FILL_COLOUR * tint * 0.8 * cool * cool * cool * gloss.y;
    float edge = 1.0 - saturate(dot(n, view));
    c += rim * edge * edge * edge * (1.0 + 0.6 * variation);
    pixel = vec4(display(c), 1.0);
}
