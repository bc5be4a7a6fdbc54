// Skin in facets.
in vec3 world;
in vec3 normal;
in vec3 tint;
in vec3 place;
in vec2 reach;
uniform sampler2D skin_map;
out vec4 pixel;

void main() {
    vec3 albedo = tint * mix(texture(skin_map, place.xy).rgb, vec3(1.0), place.z);
    vec3 n = facet_normal(world, normal);
    vec3 c = folded(albedo * albedo, n, reach.x, reach.y);
    pixel = vec4(display(c), 1.0);
}
