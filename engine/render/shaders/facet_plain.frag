// Cloth, teeth and lashes in facets.
in vec3 world;
in vec3 normal;
in vec4 colour;
in vec3 light;
out vec4 pixel;

void main() {
    vec3 n = facet_normal(world, normal);
    float inside = saturate(light.y);
    vec3 c = folded(colour.rgb * colour.rgb, n, light.z, light.x * light.x);
    pixel = vec4(display(c * mix(1.0, mix(0.12, 0.7, mouth.x) * light.x, inside)), 1.0);
}
