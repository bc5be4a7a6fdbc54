// A drawn eye: flat white, an iris of two tones in a dark ring, a large pupil, two lights.
in vec3 world;
in vec3 normal;
in vec3 socket;
in vec3 bind;
flat in int side;
out vec4 pixel;

const float IRIS = 0.600;    // radii on the unit eyeball
const float PUPIL = 0.330;

float disc(vec2 at, float size) { return 1.0 - smoothstep(size - 0.03, size + 0.03, length(at)); }

void main() {
    vec3 n = normalize(normal);
    vec3 d = normalize(bind);
    vec3 in_socket = normalize(socket);
    float across = side == 0 ? in_socket.x : -in_socket.x;
    float almond = saturate(1.0 - across * across * 1.32);
    float below = 0.06 * across + lids[side].x * pow(almond, 0.70) - in_socket.y;

    vec3 lower = 1.5 * sqrt(iris_inner.rgb) * sqrt(iris_inner.rgb);
    vec3 iris = mix(lower, iris_outer.rgb, smoothstep(-0.06, 0.06, d.y + 0.10));
    vec3 albedo = vec3(0.86, 0.85, 0.84);
    albedo = mix(albedo, vec3(0.020, 0.012, 0.018), disc(d.xy, IRIS));
    albedo = mix(albedo, iris, disc(d.xy, IRIS - 0.055));
    albedo = mix(albedo, vec3(0.012, 0.008, 0.012), disc(d.xy, PUPIL));
    float shade = smoothstep(0.13, 0.17, below);
    vec3 c = inked(albedo, 0.4 + 0.6 * shade, 1.0) * mix(0.72, 1.0, shade);

    // The lights stand still in the eye's opening, on the key's side and across from it.
    vec2 key = 0.27 * normalize(KEY.xy + vec2(0.0, 1e-3));
    vec2 seen = (transpose(mat3(head)) * n).xy;
    vec2 gazed = (mat3(eye[side]) * vec3(0.0, 0.0, 1.0)).xy;
    float light = disc(seen - 0.75 * gazed - key, 0.155);
    light = max(light, disc(seen - 0.75 * gazed + 0.85 * key, 0.070));
    pixel = vec4(mix(printed(c), vec3(1.0), light * disc(d.xy, IRIS + 0.06)), 1.0);
}
