// Hair: colour.rgb is the strand's direction. Two shifted highlights across the strands
// (Kajiya-Kay as refined by Scheuermann, Hair Rendering and Shading, 2004): a narrow whitish
// one off the surface and a broad one tinted by the hair.
in vec3 world;
in vec3 normal;
in vec4 colour;
in vec4 light;
in vec3 bind;
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

float across(float cosine) { return max(0.0, 1.0 - cosine * cosine); }

void main() {
    vec3 n = normalize(normal);
    vec3 view = normalize(viewpoint.xyz - world);
    vec3 strand = normalize(mat3(head) * (colour.rgb * 2.0 - 1.0));
    float occlusion = clamp(light.x, 0.02, 1.0);
    float shadow = saturate(light.y);
    float lock = noise(vec2(bind.x * 5.0 + bind.z * 3.1, bind.y * 0.25));
    strand = normalize(strand + n * (lock - 0.5) * 0.14);

    vec3 albedo = mix(hair_dark.rgb, hair_light.rgb, 0.3 + 0.35 * lock)
        * mix(0.55, 1.1, occlusion);
    float key = dot(n, KEY);
    vec3 c = albedo * (KEY_COLOUR * wrapped(key, 0.25) * mix(0.25, 1.0, shadow)
        + (FILL_COLOUR * wrapped(dot(n, FILL), 0.3) + ambient(n) * 0.9) * occlusion);

    float t = dot(strand, normalize(view + KEY));
    float narrow = pow(across(t + 0.10), 45.0);
    float broad = pow(across(t - 0.14), 17.0);
    vec3 tint = mix(hair_dark.rgb, hair_light.rgb, 0.8);
    c += KEY_COLOUR * (0.035 * narrow + 0.45 * broad * tint)
        * saturate(key + 0.3) * shadow * occlusion;
    t = dot(strand, normalize(view + FILL));
    c += FILL_COLOUR * 0.18 * pow(across(t), 25.0) * occlusion * saturate(dot(n, FILL) + 0.2);

    float edge = 1.0 - saturate(dot(n, view));
    vec3 rim = RIM_COOL_COLOUR * saturate(dot(n, RIM_COOL) + 0.2) * 0.38
        + RIM_WARM_COLOUR * saturate(dot(n, RIM_WARM) + 0.2) * 0.26;
    c += rim * edge * edge * edge * occlusion * mix(0.7, 1.3, lock);
    pixel = vec4(display(c), 1.0);
}
