// Drawn hair: three flat tones and a crisp arc of light around the crown.
in vec3 level;
out vec4 pixel;

void main() {
    if (level.y < 0.45) discard;
    float lit = stepped(level.x);
    vec3 albedo = mix(hair_dark.rgb, hair_light.rgb, 0.30 + 0.45 * lit);
    float arc = smoothstep(0.905, 0.912, level.z) * smoothstep(0.962, 0.955, level.z);
    albedo = mix(albedo, 0.10 + 1.5 * hair_light.rgb, 0.45 * arc * lit);
    pixel = vec4(display(inked(albedo, lit, 1.0)), 1.0);
}
