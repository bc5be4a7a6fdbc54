// Flat facets: each triangle has one direction and one tone.

// The direction of the triangle that a pixel lies on, turned to the camera.
vec3 facet_normal(vec3 world, vec3 smooth_normal) {
    vec3 n = normalize(cross(dFdx(world), dFdy(world)));
    n *= sign(dot(n, smooth_normal));
    return n;
}

// Light on a facet: hard from the key, cool in the shade, a glint where it mirrors the lamp.
vec3 folded(vec3 albedo, vec3 n, vec3 view, float shadow, float open) {
    float key = dot(n, KEY);
    vec3 around = ambient(n) * 1.05 + FILL_COLOUR * wrapped(dot(n, FILL), 0.25) * 1.15;
    vec3 rim = RIM_COOL_COLOUR * saturate(dot(n, RIM_COOL)) * 0.50
        + RIM_WARM_COLOUR * saturate(dot(n, RIM_WARM)) * 0.50;
    vec3 c = albedo * (KEY_COLOUR * 0.95 * wrapped(key, 0.12) * shadow + around * mix(0.30, 1.0, open));
    float mirrored = saturate(dot(reflect(-view, n), KEY));
    mirrored *= mirrored;
    mirrored *= mirrored;
    c += (0.10 * KEY_COLOUR * mirrored * mirrored * shadow + rim * 0.35 * (0.3 + albedo)) * open;
    return c;
}
