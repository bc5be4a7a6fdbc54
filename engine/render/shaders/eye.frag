// Eyes: a flat iris seen with parallax behind a bulging cornea, a limbal ring, the lids' soft
// shadow, and the reflection of a window-shaped softbox.
in vec3 world;
in vec3 normal;
in vec3 socket;
in vec3 bind;
flat in int side;
out vec4 pixel;

const float IRIS = 0.56;    // radii on the unit eyeball
const float PUPIL = 0.19;

void main() {
    vec3 n = normalize(normal);
    vec3 view = normalize(viewpoint.xyz - world);
    vec3 d = normalize(bind);
    vec3 in_socket = normalize(socket);
    mat3 to_world = mat3(head) * mat3(eye[side]);
    vec3 view_in_eye = transpose(to_world) * view;
    float angle = acos(clamp(d.z, -1.0, 1.0));

    vec2 at = d.xy - view_in_eye.xy * 0.10 * (1.0 - smoothstep(0.2, 0.6, angle));
    float radius = length(at);
    float turn = atan(at.y, at.x);
    float fibres = 0.5 + 0.5 * sin(turn * 34.0 + 3.0 * sin(turn * 11.0));
    fibres = mix(fibres, 0.5 + 0.5 * sin(turn * 71.0 + radius * 9.0), 0.4);
    float t = saturate((radius - PUPIL) / (IRIS - PUPIL));
    vec3 iris = mix(iris_inner.rgb, iris_outer.rgb, smoothstep(0.0, 0.9, t));
    iris *= 0.72 + 0.5 * fibres * (1.0 - t * 0.5);
    iris *= mix(1.45, 1.0, smoothstep(-0.2, 0.55, t));
    iris *= 1.0 + 0.75 * (1.0 - smoothstep(-0.45, 0.1, at.y / IRIS)) * (1.0 - t * 0.3);
    iris *= mix(1.0, 0.22, smoothstep(0.74, 1.0, t));
    iris = mix(vec3(0.010, 0.008, 0.009), iris, smoothstep(PUPIL - 0.03, PUPIL + 0.025, radius));

    float corner = smoothstep(0.55, 1.15, angle);
    vec3 white = mix(vec3(0.78, 0.75, 0.72), vec3(0.58, 0.33, 0.29), corner * 0.7);
    float in_iris = 1.0 - smoothstep(IRIS - 0.035, IRIS + 0.035, radius);
    vec3 albedo = mix(white, iris, in_iris);

    // Lids are arches: at the corners their edges meet.
    float arch = 1.0 - 1.1 * in_socket.x * in_socket.x;
    float below = (lids[side].x - 0.08) * arch - in_socket.y;
    float above = in_socket.y - (lids[side].y + 0.02) * arch;
    float upper = smoothstep(-0.05, 0.36, below);
    float lower = smoothstep(-0.04, 0.22, above);
    float sides = smoothstep(0.36, 0.86, in_socket.z);
    float shade = mix(0.10, 1.0, upper) * mix(0.55, 1.0, lower) * mix(0.45, 1.0, sides);
    vec3 soft_shade = vec3(mix(shade, sqrt(shade), 0.35), shade, shade);
    vec3 c = albedo * soft_shade * (KEY_COLOUR * wrapped(dot(n, KEY), 0.3) * 0.80
        + FILL_COLOUR * wrapped(dot(n, FILL), 0.3) + ambient(n) * 1.1);

    float on_cornea = 1.0 - smoothstep(IRIS - 0.06, IRIS + 0.10, length(d.xy));
    vec3 cornea = normalize(n + to_world * vec3(d.xy * 0.55, 0.0) * on_cornea);
    vec3 r = reflect(-view, cornea);
    vec3 across = normalize(cross(vec3(0.0, 1.0, 0.0), KEY));
    vec3 along = cross(KEY, across);
    float towards = dot(r, KEY);
    vec2 window = vec2(dot(r, across), dot(r, along)) / max(towards, 0.05);
    float box = (1.0 - smoothstep(0.22, 0.30, abs(window.x + 0.05)))
        * (1.0 - smoothstep(0.26, 0.34, abs(window.y - 0.05))) * step(0.0, towards);
    c += vec3(1.0, 0.98, 0.95) * box * 1.3 * mix(0.12, 1.0, on_cornea) * mix(0.25, 1.0, upper);
    float glint = smoothstep(0.955, 0.995, dot(r, normalize(vec3(0.62, -0.35, 0.72))));
    c += vec3(0.5, 0.6, 0.8) * glint * 0.12 * shade * on_cornea;
    float edge = 1.0 - saturate(dot(n, view));
    c += ambient(r) * (0.05 + 0.4 * edge * edge * edge * edge * edge) * shade;
    pixel = vec4(display(c), 1.0);
}
