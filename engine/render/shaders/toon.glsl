// Drawn light: what arrives is sorted into shade, half light and light, each a flat tone.

// 0 in shade, 0.5 in half light, 1 in light, with edges as soft as a brush.
float stepped(float level) {
    return 0.5 * smoothstep(0.20, 0.24, level) + 0.5 * smoothstep(0.46, 0.50, level);
}

// A flat colour under the preset's lamps: `level` of the key on top of what comes from around.
vec3 inked(vec3 albedo, float level, float open) {
    vec3 around = 1.45 * ambient(vec3(0.0, 0.6, 0.8)) + 0.40 * FILL_COLOUR;
    vec3 shade = mix(vec3(1.02, 0.78, 0.84), vec3(1.0), level);
    return albedo * shade * (around * mix(0.75, 1.0, open) + 0.66 * KEY_COLOUR * level);
}

// To the display as ink on paper: colours stay pure up to the brightest.
vec3 printed(vec3 c) {
    c *= key_shadow.w;
    return sqrt(clamp(c * inversesqrt(1.0 + 0.22 * c * c), 0.0, 1.0));
}
