// An eye cut from coloured paper: an iris of eight sides in two tones, a pupil, one light.
in vec3 world;
in vec3 normal;
in vec3 socket;
in vec3 bind;
flat in int side;
out vec4 pixel;

const float IRIS = 0.53;    // radii on the unit eyeball
const float PUPIL = 0.24;
const float SIDE = 0.7853982;

// Distance from the centre of a polygon with eight sides, as a share of its half width.
float octagon(vec2 at) {
    float turn = mod(atan(at.y, at.x), SIDE) - 0.5 * SIDE;
    return length(at) * cos(turn) / cos(0.5 * SIDE);
}

void main() {
    vec3 n = normalize(normal);
    vec3 d = normalize(bind);
    vec3 in_socket = normalize(socket);
    float across = side == 0 ? in_socket.x : -in_socket.x;
    float almond = saturate(1.0 - across * across * 1.32);
    float below = 0.06 * across + lids[side].x * pow(almond, 0.70) - in_socket.y;

    float out_of_centre = octagon(d.xy);
    float facet = floor(atan(d.y, d.x) / SIDE + 8.0);
    float tone = 0.62 + 0.38 * fract(facet * 0.618);
    vec3 iris = mix(iris_outer.rgb, iris_inner.rgb, step(d.y, 0.02) * 0.75 + 0.25) * (0.6 + 0.8 * tone);
    vec3 albedo = vec3(0.74, 0.75, 0.78);
    albedo = mix(albedo, 0.35 * iris_outer.rgb, 1.0 - smoothstep(IRIS - 0.012, IRIS + 0.012, out_of_centre));
    albedo = mix(albedo, iris, 1.0 - smoothstep(IRIS - 0.072, IRIS - 0.048, out_of_centre));
    albedo = mix(albedo, vec3(0.010, 0.009, 0.014), 1.0 - smoothstep(PUPIL - 0.012, PUPIL + 0.012, out_of_centre));
    float shade = mix(0.42, 1.0, smoothstep(0.10, 0.13, below));
    vec3 c = folded(albedo, n, 1.0, 1.0) * shade;

    // The light is a diamond on the key's side of the pupil, and stays there as the eye turns.
    vec2 gazed = (mat3(eye[side]) * vec3(0.0, 0.0, 1.0)).xy;
    vec2 from_light = in_socket.xy - 0.8 * gazed - 0.25 * normalize(KEY.xy + vec2(0.0, 1e-3));
    float diamond = abs(from_light.x) + abs(from_light.y);
    c += vec3(0.95) * (1.0 - smoothstep(0.125, 0.15, diamond));
    pixel = vec4(display(c), 1.0);
}
