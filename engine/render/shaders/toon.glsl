// Drawn light: what arrives is sorted into shade, half light and light, each a flat tone.

// 0 in shade, 0.5 in half light, 1 in light, with edges as soft as a brush.
float stepped(float level) {
    return 0.5 * smoothstep(0.20, 0.24, level) + 0.5 * smoothstep(0.46, 0.50, level);
}

// A flat colour under the preset's lamps: `level` of the key on top of what comes from around.
vec3 inked(vec3 albedo, float level, float open) {
    vec3 around = 1.25 * ambient(vec3(0.0, 0.6, 0.8)) + 0.40 * FILL_COLOUR;
    vec3 shade = mix(vec3(0.80, 0.66, 0.78), vec3(1.0), level);
    // Printed colours are purer than lit ones.
    float grey = dot(albedo, vec3(0.30, 0.55, 0.15));
    vec3 pure = max(mix(vec3(grey), albedo, 1.22), 0.0);
    return pure * shade * (around * mix(0.75, 1.0, open) + 0.62 * KEY_COLOUR * level);
}
