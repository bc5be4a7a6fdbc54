// Eyes: an iris seen with parallax behind a bulging cornea, its fibres and limbal ring; the soft
// shadow of the lids, a moist lower lid, the corner's pink flesh; and the reflection of the key
// lamp in the shape that its preset gives it.
in vec3 world;
in vec3 normal;
in vec3 socket;
in vec3 bind;
flat in int side;
out vec4 pixel;

const float IRIS = 0.490;    // radii on the unit eyeball
const float PUPIL = 0.180;
const float HALF_WIDTH = 0.87;

// Smooth noise on a line, 0..1, and on a ring of `count` cells.
float hash(float n) {
    n = fract(n * 0.1031);
    n *= n + 33.33;
    return fract(2.0 * n * n);
}

float ring(float turn, float count, float seed) {
    float at = (turn / 6.2831853 + 0.5) * count;
    float cell = floor(at), f = at - cell;
    f = f * f * (3.0 - 2.0 * f);
    return mix(hash(mod(cell, count) + seed), hash(mod(cell + 1.0, count) + seed), f);
}

vec3 iris_at(vec2 at, vec2 towards_key) {
    float radius = length(at);
    float turn = atan(at.y, at.x);
    float t = saturate((radius - PUPIL) / (IRIS - PUPIL));
    float coarse = ring(turn, 23.0, 3.0);
    float bent = turn + 0.10 * (coarse - 0.5) * t;
    float fibres = 0.55 * ring(bent, 61.0, 17.0) + 0.45 * ring(bent + 0.2 * t, 127.0, 41.0);
    float collar = 0.30 + 0.10 * (coarse - 0.5);
    vec3 c = mix(iris_inner.rgb, iris_outer.rgb, smoothstep(collar - 0.16, collar + 0.50, t));
    c *= 0.55 + 0.95 * fibres * (1.0 - 0.45 * t);
    float off = (t - collar) / 0.13;
    c *= 1.0 + 0.55 * exp(-off * off) * (0.4 + 0.9 * coarse);
    c *= mix(0.45, 1.0, smoothstep(-0.02, 0.20, t));
    // Light that enters on the lamp's side gathers on the other.
    float across = dot(at, towards_key) / IRIS;
    c *= 0.72 + 1.15 * smoothstep(0.15, -0.85, across) * (0.35 + 0.65 * t);
    c *= mix(1.0, 0.13, smoothstep(0.70, 1.0, t));
    return mix(vec3(0.004, 0.0035, 0.004), c, smoothstep(PUPIL - 0.030, PUPIL + 0.030, radius));
}

void main() {
    vec3 n = normalize(normal);
    vec3 view = normalize(viewpoint.xyz - world);
    vec3 d = normalize(bind);
    vec3 in_socket = normalize(socket);
    mat3 to_world = mat3(head) * mat3(eye[side]);
    vec3 view_in_eye = transpose(to_world) * view;
    vec3 key_in_eye = transpose(to_world) * KEY;

    vec2 at = d.xy - view_in_eye.xy * 0.13 * (1.0 - smoothstep(0.20, 0.60, length(d.xy)));
    float radius = length(d.xy);
    float in_iris = 1.0 - smoothstep(IRIS - 0.035, IRIS + 0.035, radius);
    vec2 towards_key = normalize(key_in_eye.xy + vec2(0.0, 1e-4));
    vec3 iris = in_iris > 0.0 ? iris_at(at, towards_key) : vec3(0.0);

    // Where the lids' edges are, as the sculpt draws them, in eye radii.
    float across = side == 0 ? in_socket.x : -in_socket.x;
    float almond = saturate(1.0 - across * across / (HALF_WIDTH * HALF_WIDTH));
    float top = 0.06 * across + lids[side].x * pow(almond, 0.70) * (1.0 - 0.10 * across);
    float foot = 0.06 * across + lids[side].y * pow(almond, 0.82) * (1.0 + 0.18 * across);
    float below = top - in_socket.y;
    float above = in_socket.y - foot;

    float corner = smoothstep(0.50, 0.92, abs(across));
    vec3 white = mix(vec3(0.57, 0.54, 0.515), vec3(0.46, 0.25, 0.21), corner * 0.75);
    white *= mix(vec3(1.0), vec3(0.92, 0.82, 0.80), smoothstep(0.20, 0.0, above));
    vec3 albedo = mix(white, iris, in_iris);
    float flesh = smoothstep(-0.66, -0.78, across);
    albedo = mix(albedo, vec3(0.52, 0.20, 0.17), flesh);

    float upper = smoothstep(-0.03, 0.34, below);
    float lower = smoothstep(-0.05, 0.15, above);
    float sides = 1.0 - 0.55 * smoothstep(0.45, 0.90, abs(across));
    float shade = mix(0.16, 1.0, upper) * mix(0.55, 1.0, lower) * sides;
    vec3 soft_shade = vec3(mix(shade, sqrt(shade), 0.5), shade, shade);
    vec3 c = albedo * soft_shade * (KEY_COLOUR * wrapped(dot(n, KEY), 0.4) * 0.80
        + FILL_COLOUR * wrapped(dot(n, FILL), 0.3) + ambient(n) * 1.1);

    float on_cornea = 1.0 - smoothstep(IRIS - 0.04, IRIS + 0.12, radius);
    vec3 cornea = normalize(n + to_world * vec3(d.xy * 0.62, 0.0) * on_cornea);
    vec3 r = reflect(-view, cornea);
    float seen = smoothstep(-0.02, 0.10, below);
    c += (0.25 + 0.55 * KEY_COLOUR) * lamp(r) * mix(0.05, 1.0, on_cornea) * mix(0.15, 1.0, seen);
    float fill = smoothstep(0.96, 0.995, dot(r, FILL));
    c += FILL_COLOUR * fill * 0.14 * on_cornea * shade;
    float edge = 1.0 - saturate(dot(cornea, view));
    c += ambient(r) * (0.035 + 0.5 * edge * edge * edge * edge) * shade;

    // The tear film gathers along the lower lid and in the corner.
    float wet = smoothstep(0.075, 0.030, above) * smoothstep(-0.02, 0.02, above) * almond;
    c += (ambient(vec3(0.0, 1.0, 0.0)) + 0.18 * KEY_COLOUR) * wet * 0.42;
    c += KEY_COLOUR * flesh * ggx(n, view, KEY, 0.35, 0.04) * 0.6;
    pixel = vec4(display(c), 1.0);
}
