// The light of a preset, packed by engine/render/lights.py: a key lamp that casts shadows, a fill,
// two rim lights behind, and what comes from everywhere.
layout(std140) uniform Light {
    vec4 key_towards, key_light;    // key_light.w: what arrives even in the shade
    vec4 fill_towards, fill_light;
    vec4 cool_towards, cool_light;
    vec4 warm_towards, warm_light;
    vec4 sky_light, horizon_light, ground_light;
    vec4 key_shadow;    // shares of the three baked shadows; exposure
    vec4 key_shape;     // half width, half height, corner radius, width of its luminous frame
};
#define KEY key_towards.xyz
#define KEY_COLOUR key_light.rgb
#define FILL fill_towards.xyz
#define FILL_COLOUR fill_light.rgb
#define RIM_COOL cool_towards.xyz
#define RIM_COOL_COLOUR cool_light.rgb
#define RIM_WARM warm_towards.xyz
#define RIM_WARM_COLOUR warm_light.rgb

float saturate(float x) { return clamp(x, 0.0, 1.0); }

vec3 ambient(vec3 n) {
    vec3 above = mix(horizon_light.rgb, sky_light.rgb, saturate(n.y));
    return mix(ground_light.rgb, above, saturate(n.y * 0.5 + 0.5));
}

// How much of the key light arrives where a surface sees this much of each of the baked ones.
float arriving(vec3 shadow) { return saturate(key_light.w + dot(shadow, key_shadow.xyz)); }

float wrapped(float cosine, float wrap) { return saturate((cosine + wrap) / (1.0 + wrap)); }

// How much of the key lamp's luminous face a mirror shows that reflects towards r, 0..1.
float lamp(vec3 r) {
    vec3 across = normalize(vec3(KEY.z, 0.0, -KEY.x));
    float towards = dot(r, KEY);
    vec2 at = vec2(dot(r, across), dot(r, cross(KEY, across))) / max(towards, 0.05);
    vec2 corner = abs(at) - key_shape.xy + key_shape.z;
    float outside = length(max(corner, 0.0)) + min(max(corner.x, corner.y), 0.0) - key_shape.z;
    float off = max(outside, -outside - key_shape.w);
    return (1.0 - smoothstep(-0.04, 0.04, off)) * step(0.0, towards);
}

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
    c *= key_shadow.w;
    c = (c * (2.51 * c + 0.03)) / (c * (2.43 * c + 0.59) + 0.14);
    return sqrt(clamp(c, 0.0, 1.0));
}
