// Flat facets: each triangle has one direction and one tone. The camera is so far away that it
// sees every pixel from the same side.

// The direction of the triangle that a pixel lies on, on the side of the smooth normal.
vec3 facet_normal(vec3 world, vec3 smooth_normal) {
    vec3 n = normalize(cross(dFdx(world), dFdy(world)));
    return n * sign(dot(n, smooth_normal));
}

// Light on a facet: hard from the key, cool in the shade, a glint where it mirrors the lamp.
vec3 folded(vec3 albedo, vec3 n, float shadow, float open) {
    vec3 around = ambient(n) * 0.95 + FILL_COLOUR * wrapped(dot(n, FILL), 0.15);
    vec3 rim = RIM_COOL_COLOUR * saturate(dot(n, RIM_COOL)) + RIM_WARM_COLOUR * saturate(dot(n, RIM_WARM));
    vec3 c = albedo * (KEY_COLOUR * 0.86 * wrapped(dot(n, KEY), 0.04) * shadow + around * mix(0.30, 1.0, open));
    float glint = saturate(2.0 * n.z * dot(n, KEY) - KEY.z);
    glint *= glint;
    glint *= glint;
    return c + (0.10 * KEY_COLOUR * glint * glint * shadow + rim * 0.175 * (0.3 + albedo)) * open;
}
