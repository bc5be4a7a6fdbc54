// Drawn hair: three flat tones, a crisp arc of light around the crown, ink along the outline.
in vec3 level;
out vec4 pixel;

void main() {
    float lit = stepped(level.x);
    vec3 albedo = mix(hair_dark.rgb, hair_light.rgb, 0.30 + 0.45 * lit);
    float arc = smoothstep(0.905, 0.912, level.y) * smoothstep(0.962, 0.955, level.y);
    albedo = mix(albedo, 0.10 + 1.5 * hair_light.rgb, 0.45 * arc * lit);
    albedo *= mix(0.30, 1.0, smoothstep(0.13, 0.17, level.z));
    pixel = vec4(printed(inked(albedo, lit, 1.0)), 1.0);
}
