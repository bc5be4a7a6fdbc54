// Hair in facets: locks as folded strips of paper.
in vec3 world;
in vec3 normal;
in vec3 reach;
out vec4 pixel;

void main() {
    vec3 n = facet_normal(world, normal);
    vec3 albedo = 1.3 * strand_colour(0.25 + 0.6 * reach.z + 0.8 * step(1.5, reach.z));
    pixel = vec4(display(folded(albedo, n, reach.x, reach.y)), 1.0);
}
