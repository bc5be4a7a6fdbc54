// The studio: a warm soft key from the upper left of the picture, a cool fill from the right,
// two rim lights behind, and an ambient that is cooler from above than from below.
const vec3 KEY = normalize(vec3(-0.55, 0.62, 0.75));
const vec3 KEY_COLOUR = vec3(1.00, 0.93, 0.85) * 1.75;
const vec3 FILL = normalize(vec3(0.90, 0.05, 0.55));
const vec3 FILL_COLOUR = vec3(0.58, 0.67, 0.92) * 0.52;
const vec3 RIM_COOL = normalize(vec3(0.85, 0.45, -0.55));
const vec3 RIM_COOL_COLOUR = vec3(0.55, 0.72, 1.00) * 2.2;
const vec3 RIM_WARM = normalize(vec3(-0.90, 0.30, -0.50));
const vec3 RIM_WARM_COLOUR = vec3(1.00, 0.62, 0.42) * 1.3;

const vec3 KEY_SHADOW = vec3(1.0, 0.0, 0.0);

float saturate(float x) { return clamp(x, 0.0, 1.0); }

vec3 ambient(vec3 n) {
    vec3 above = mix(vec3(0.36, 0.36, 0.40), vec3(0.50, 0.53, 0.62), saturate(n.y));
    return mix(vec3(0.30, 0.22, 0.20), above, saturate(n.y * 0.5 + 0.5)) * 0.62;
}

// How much of the key light arrives where a surface sees this much of each of the baked ones.
float arriving(vec3 shadow) { return saturate(dot(shadow, KEY_SHADOW)); }

float wrapped(float cosine, float wrap) { return saturate((cosine + wrap) / (1.0 + wrap)); }

// Specular reflection: GGX distribution, Smith-Schlick shadowing, Schlick's Fresnel term
// (Karis, Real Shading in Unreal Engine 4, 2013).
float ggx(vec3 n, vec3 view, vec3 light, float roughness, float f0) {
    vec3 h = normalize(view + light);
    float nl = saturate(dot(n, light));
    float nv = max(dot(n, view), 1e-3);
    float nh = saturate(dot(n, h));
    float a = roughness * roughness;
    float d = nh * nh * (a * a - 1.0) + 1.0;
    float k = a * 0.5;
    float x = 1.0 - saturate(dot(view, h));
    float fresnel = f0 + (1.0 - f0) * x * x * x * x * x;
    float smith = (nl * (1.0 - k) + k) * (nv * (1.0 - k) + k);
    return a * a * fresnel * nl / (4.0 * 3.1416 * d * d * smith);
}

// Scene light to display: the filmic fit of Narkowicz (ACES Filmic Tone Mapping Curve, 2015),
// then a gamma of 2, which is a square root and much cheaper than 2.2 on a CPU.
vec3 display(vec3 c) {
    c *= 0.80;
    c = (c * (2.51 * c + 0.03)) / (c * (2.43 * c + 0.59) + 0.14);
    return sqrt(clamp(c, 0.0, 1.0));
}
