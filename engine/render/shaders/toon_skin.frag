// Drawn skin: the map's colour in three flat tones.
in vec3 tint;
in vec3 place;
in vec2 level;
uniform sampler2D skin_map;
out vec4 pixel;

void main() {
    vec3 albedo = tint * mix(texture(skin_map, place.xy).rgb, vec3(1.0), place.z);
    vec3 c = inked(albedo * albedo, stepped(level.x), level.y);
    pixel = vec4(printed(c * mix(1.0, 0.45, place.z)), 1.0);
}
